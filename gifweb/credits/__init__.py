"""What one may spend: a ledger of rows that never change, holds, plans, vouchers and top-ups.

The doors are in ``ledger``. This room knows accounts, and nothing of renders or projects.
"""
