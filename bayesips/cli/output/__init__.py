"""What commands print and write; loaded only when a command runs."""
