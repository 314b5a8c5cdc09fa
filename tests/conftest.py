"""What holds for all tests."""

from hypothesis import settings

# Time is no assertion: a loaded machine is slow, not wrong. All else is as hypothesis has it (in CI: the same cases each time).
settings.register_profile("lohko", settings(), deadline=None)
settings.load_profile("lohko")
