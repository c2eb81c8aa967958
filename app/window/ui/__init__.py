"""What panels are drawn with: theme, layout, widgets that remember where they are."""
