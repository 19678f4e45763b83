"""All life cycles, by what they are about."""
from . import access, accounts, groups, keys, login, operations, vaults

ALL = [story for module in (login, groups, vaults, keys, accounts, operations, access)
       for story in module.STORIES]
