"""The command line: `main` starts it, `verbs` holds one file per verb, the rest is how it speaks."""
