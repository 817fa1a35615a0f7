"""Text in, exit code out: each command is a module with a `main`, imported when it is called."""
