"""What only the HTML report is made of: the lines of its table, and the template's files."""
