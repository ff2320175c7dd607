-- Denials by payer, and how many were overturned on appeal.
{{ healthcare.denial_rates(ref('lake_claims'), group_by='payer') }}
