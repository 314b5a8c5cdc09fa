"""The value report: one plain value (:mod:`.build`), and renderers that only draw it."""
