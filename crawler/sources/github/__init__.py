"""GitHub: GraphQL, REST, and where its token comes from."""
