"""What an agency offers: a service for a need, where it has room, with the questions it asks of every referral.

A service's places are held by the referrals it has accepted and not yet ended, so whether it is full is a rule across
referrals: each fact that takes or frees a place carries the service's tag.
"""
