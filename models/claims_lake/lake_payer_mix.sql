-- Claims by payer: billed against paid, and each payer's share.
{{ healthcare.payer_mix(ref('lake_claims')) }}
