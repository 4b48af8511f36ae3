"""What the room's endpoints take, and the shapes they answer (for the OpenAPI document)."""
