-- Stays in hospital and what followed within 30 days.
{%- set admissions -%}
(
    {{ healthcare.stays(
        "(select * from " ~ ref('lake_encounters') ~ " where encounter_type = 'inpatient') as admissions",
        {
            'admission_id': 'encounter_id', 'patient_id': 'patient_hash', 'facility_id': 'facility_npi',
            'admitted_on': 'started_on', 'discharged_on': 'ended_on', 'category': 'diagnosis_category'
        }
    ) }}
) as stays
{%- endset %}

{{ healthcare.readmissions(admissions, data_through=var('data_through')) }}
