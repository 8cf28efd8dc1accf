"""GitHub: GraphQL, REST, and how its token is found."""
