"""The tour of five steps that a first start offers."""
