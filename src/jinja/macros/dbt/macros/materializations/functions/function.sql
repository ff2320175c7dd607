{#
  A user-defined function. Which macro writes its statement follows from the
  function's kind and language, `scalar_function_sql` for the plainest.
#}
{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.Function) -%}

  {{ run_hooks(pre_hooks) }}

  {#- Under another name, as the macro to look up is known only now. -#}
  {%- set find_macro = adapter.dispatch -%}
  {%- set build_macro = find_macro(this.get_function_macro_name(this.get_function_config(model)), 'dbt') -%}
  {%- do function_execute_build_sql(build_macro(target_relation), existing_relation, target_relation) -%}

  {{ run_hooks(post_hooks) }}

  {%- do return({'relations': [target_relation]}) -%}
{% endmaterialization %}
