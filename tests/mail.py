"""What was mailed, in the file that development's mail goes to."""

import re
from pathlib import Path


def mails_to(file: str | Path, email: str) -> list[str]:
    """The mails to somebody, oldest first."""
    path = Path(file)
    mails = (
        re.split(r"^-{70,}$", path.read_text(encoding="utf-8"), flags=re.MULTILINE) if path.exists() else []
    )
    return [mail for mail in mails if re.search(rf"^To: .*{re.escape(email)}", mail, re.MULTILINE)]


def link_in(mail: str) -> str:
    return str(re.findall(r"^\s*(http\S+)", mail, re.MULTILINE)[0])
