"""Pages for clinicians and clients; thin faces over the backend's services."""
