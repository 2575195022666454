"""The Model Context Protocol: ``models`` is what both servers answer, ``local`` serves the engine of this machine."""
