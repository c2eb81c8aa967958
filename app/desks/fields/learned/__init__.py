"""The page of trained operators: ask one, see where and at which frequencies it errs, look into its blocks."""
