"""One file per equation; each is a function (domain, initial data, options, progress) → series of fields."""
