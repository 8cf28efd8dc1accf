"""The reports. Each format is a module that writes rows to a stream, and a record in `formats`."""
