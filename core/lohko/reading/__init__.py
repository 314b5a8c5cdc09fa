"""Reading: bytes → encoding, dialect → text → typed tables and rejects. No row is lost on the way.

``sources`` names the inputs, ``unpacking`` makes plain bytes of them, ``encoding`` decides how their characters are stored, ``dialect`` finds
delimiter and header, ``gate`` accounts for every physical line, ``naming`` recognises tables and columns, ``plan`` decides column by column what
the text means, ``passes`` reads it, ``rejects`` keeps aside what does not fit, and ``ingest`` puts them together.
"""
