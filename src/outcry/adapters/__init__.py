"""What fulfils the ports: servers, files, feeds."""
