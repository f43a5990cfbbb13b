"""Reports of a result: the conclusion in words, and a self-contained page."""

from bayesips.report.conclusion import conclusion

__all__ = ["conclusion"]
