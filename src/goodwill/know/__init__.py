"""Know who said it, without making anyone carry a card: handles to customers."""

from goodwill.know.identify import Known, identify

__all__ = ["Known", "identify"]
