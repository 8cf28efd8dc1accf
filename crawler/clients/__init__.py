"""The services that are asked, each by its own protocol, through a `Send` that is handed in."""
