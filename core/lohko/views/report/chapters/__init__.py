"""The chapters of the report in one language: each turns a section of the report value into sentences, tables, charts."""
