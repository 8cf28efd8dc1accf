"""What the HTML report is made of: the words and shapes of each part, and the template's files.

The modules turn a ranking into plain text that is safe to be escaped and short enough to be
shown; the template only places it.
"""
