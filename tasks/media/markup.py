"""Write what senders chose, names and titles, into markdown without letting it become markup."""


def plain(text: str) -> str:
    """Keep what senders wrote from becoming markup, a link or a table's edge."""
    escaped = "".join(f"\\{c}" if c in "\\|[]`*_!#" else c for c in text)
    return " ".join(escaped.replace("<", "&lt;").replace(">", "&gt;").split())
