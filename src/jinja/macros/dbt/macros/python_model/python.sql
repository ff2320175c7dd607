{#
  Python models: the code behind the user's own, which gives `dbt.ref`,
  `dbt.source`, `dbt.config` and `dbt.this` their meaning at run time.
#}

{% macro resolve_model_name(input_model_name) %}
  {%- do return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) -%}
{% endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{ input_model_name | string }}
{%- endmacro %}


{# `ref` as Python: a table from the names the model may use to relations. #}
{% macro build_ref_function(model) %}
{%- set relations = {} -%}
{%- for wanted in model.refs -%}
  {%- set names = [wanted['package']] if wanted.get('package') else [] -%}
  {%- do names.append(wanted['name']) -%}
  {%- set relation = ref(*names, v=wanted.get('version')) -%}
  {#- Rendered, a relation is whole even with --empty. A project's own `ref` may give a text. -#}
  {%- if relation.render is defined and relation.render is callable -%}
    {%- set relation = relation.render() -%}
  {%- endif -%}
  {%- if wanted.get('version') -%}
    {%- do names.append('v' ~ wanted['version']) -%}
  {%- endif -%}
  {%- do relations.update({names | join('.'): resolve_model_name(relation)}) -%}
{%- endfor %}

def ref(*args, **kwargs):
    refs = {{ relations | tojson }}
    name = '.'.join(args)
    version = kwargs.get("v") or kwargs.get("version")
    if version:
        name = f"{name}.v{version}"
    return kwargs["dbt_load_df_function"](refs[name])
{% endmacro %}


{# `source` as Python, likewise. #}
{% macro build_source_function(model) %}
{%- set relations = {} -%}
{%- for wanted in model.sources -%}
  {%- do relations.update({wanted | join('.'): resolve_model_name(source(*wanted))}) -%}
{%- endfor %}

def source(*args, dbt_load_df_function):
    sources = {{ relations | tojson }}
    return dbt_load_df_function(sources['.'.join(args)])
{% endmacro %}


{# The configurations that the model's code asks for, found by reading it. #}
{% macro build_config_dict(model) %}
{%- set configs = {} -%}
{%- for key, default in zip(model.config.config_keys_used, model.config.config_keys_defaults) | list -%}
  {%- do configs.update({key: model.config.get(key, default)}) -%}
{%- endfor -%}
{%- set metas = {} -%}
{%- if model.config.meta_keys_used -%}
  {%- for key, default in zip(model.config.meta_keys_used, model.config.meta_keys_defaults) | list -%}
    {%- do metas.update({key: (model.config.meta or {}).get(key, default)}) -%}
  {%- endfor -%}
{%- endif %}
config_dict = {{ configs }}
meta_dict = {{ metas }}
{% endmacro %}


{# Everything that follows the user's code. #}
{% macro py_script_postfix(model) %}
# The model's own code ends here. What follows connects it to the project.
# COMMAND ----------
{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    """What dbt.config gives: values set for the model elsewhere. Calling it says nothing new."""
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    """The relation this model builds: dbt.this, dbt.this.identifier."""
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    """The first argument of the user's `model` function."""
    config = config
    this = this()
    is_incremental = {{ is_incremental() }}

    def __init__(self, load_df_function):
        self.load = load_df_function

    def ref(self, *args, **kwargs):
        return ref(*args, dbt_load_df_function=self.load, **kwargs)

    def source(self, *args):
        return source(*args, dbt_load_df_function=self.load)

# COMMAND ----------
{{ py_script_comment() }}
{% endmacro %}


{# A place for adapters to say how the script is run by hand. #}
{% macro py_script_comment() %}
{% endmacro %}
