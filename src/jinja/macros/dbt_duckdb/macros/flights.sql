{#
  The name under which a remote service runs a Python model. It has to be
  unique for the user, so it says whose model it is.
#}

{% macro flight_name(parsed_model) -%}
  {%- do return(adapter.dispatch('flight_name', 'dbt')(parsed_model)) -%}
{%- endmacro %}

{% macro default__flight_name(parsed_model) -%}
  {%- do return(duckdb__flight_name(parsed_model)) -%}
{%- endmacro %}

{% macro duckdb__flight_name(parsed_model) -%}
  {%- set parts = [
        'dbt',
        parsed_model.get('package_name'),
        parsed_model.get('database'),
        parsed_model.get('schema'),
        parsed_model.get('alias') or parsed_model.get('name')
      ] -%}
  {%- do return(parts | select | join('-')) -%}
{%- endmacro %}
