"""Sections of the page: one file each, beside a template of the same name.

A section file has `TITLE` and `given(tree) -> dict`: plain words and rows. Its template,
`templates/sections/<name>.html`, only places them. `html.SECTIONS` holds the reading order.
"""
