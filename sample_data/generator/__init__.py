"""The generator of the sample data: an invented media house on the coast east of Helsinki, and its customers."""
