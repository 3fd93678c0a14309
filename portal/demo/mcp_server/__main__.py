import sys

from portal.demo.mcp_server.serve import main

sys.exit(main())
