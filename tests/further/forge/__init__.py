"""A made-up host: all that a host is made of beside its line in the list of hosts."""
