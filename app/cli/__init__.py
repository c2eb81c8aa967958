"""The command line: `main` starts it, `verbs` holds one file per verb, in rooms, the rest is how it speaks."""
