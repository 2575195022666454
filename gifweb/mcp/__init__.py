"""The Model Context Protocol at ``/mcp``: tools over /api/v1, which holds the scopes, limits and refusals."""
