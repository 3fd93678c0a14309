# Portico's commands. They need make, Python 3.11 or newer, and PyPI; the rest they bring along.

PY := .venv/bin/python

# The first Python on PATH that is new enough; shims of versions that are not selected fail, and are passed over.
FIND_PYTHON = for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	if [ -z "$$python" ]; then echo "Portico needs Python 3.11 or newer, and there is none on PATH." >&2; exit 1; fi

.PHONY: help demo test bench

help:
	@echo 'make demo    run Portico here, with its own database, two tenants and a protected MCP server'
	@echo 'make test    run every check and the whole suite'
	@echo 'make bench   measure the CPU time of the hot paths'
	@echo
	@echo 'Settings of the demo: PORT, DEMO_MCP_PORT, DEMO_PASSWORD, PORTICO_HOME (for example: make demo PORT=9000)'

demo: .venv/.demo
	@exec $(PY) manage.py demo

test: .venv/.dev
	@exec $(PY) manage.py verify

bench: .venv/.dev
	@exec $(PY) -m tests.bench

.venv/.demo: uv.lock $(PY)
	@$(PY) -I portal/management/install.py demo

.venv/.dev: uv.lock $(PY)
	@$(PY) -I portal/management/install.py demo dev

$(PY):
	@$(FIND_PYTHON); "$$python" -I portal/management/install.py
