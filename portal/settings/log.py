"""One JSON object a line, with the tenant; never a token, a code or a query string."""

import json
import logging
from datetime import UTC, datetime

from tenants.current import current_tenant_or_none


class JSONFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        tenant = current_tenant_or_none()
        if tenant is not None:
            line["tenant"] = str(tenant.id)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
