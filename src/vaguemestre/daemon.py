"""The loop: watch, run what is due, poll the answers."""
