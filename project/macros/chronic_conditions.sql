{#- The beneficiary file has a flag for each chronic condition. The seed
    `chronic_conditions` has a row for each; its test keeps the two together. -#}
{% macro chronic_condition_flags() %}
    {{ return([
        'has_alzheimers',
        'has_cancer',
        'has_kidney_disease',
        'has_copd',
        'has_depression',
        'has_diabetes',
        'has_heart_failure',
        'has_ischemic_heart',
        'has_osteoporosis',
        'has_arthritis',
        'has_stroke',
    ]) }}
{% endmacro %}
