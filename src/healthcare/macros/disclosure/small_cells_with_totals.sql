{#- The same for a table that has its totals itself, which may be suppressed as well: by
    any number of columns, and with subtotals, as `rollup` and `cube` give them. Known
    are exactly the totals that are printed.

    Along each column, the cells that are alike in all the others add up to the one
    that is their total, if the table has it. The suppressed cells are the
    unknowns of these equations. Gauss's elimination tells which of them have one
    solution alone: those that are left by themselves in an equation at its end. -#}
{% macro default__test_small_cells_with_totals(model, column_name, columns, k, total) %}
    {{ exceptions.raise_compiler_error('small_cells: `total` needs DuckDB') }}
{% endmacro %}

{% macro duckdb__test_small_cells_with_totals(model, column_name, columns, k, total) %}
{#- Computed by a prime, so that numbers stay small and nothing is rounded. -#}
{%- set prime = 1000000007 %}

with recursive cells as (

    select
        {{ healthcare.cell_key('', columns) }} as cell_key,
        {%- for column in columns %}
        {{ healthcare.cell_key('', columns | reject('equalto', column) | list) }} as key_without_{{ loop.index }},
        {%- if total is none %}
        {{ column }} is null as is_total_{{ loop.index }},
        {%- else %}
        coalesce({{ healthcare.as_text(column) }} = '{{ total }}', false) as is_total_{{ loop.index }},
        {%- endif %}
        {%- endfor %}
        {{ column_name }} as cell_count
    from {{ model }}

),

unknowns as (

    select
        cell_key,
        row_number() over (order by cell_key) as place
    from cells
    where cell_count is null

),

terms as (
    {%- for column in columns %}

    select
        '{{ loop.index }}' || key_without_{{ loop.index }} as equation,
        cell_key,
        case when is_total_{{ loop.index }} then -1 else 1 end as coefficient
    from cells
    where cell_count is null
      and key_without_{{ loop.index }} in (select key_without_{{ loop.index }} from cells where is_total_{{ loop.index }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

equations as (

    select
        names.equation,
        list(cast(coalesce(terms.coefficient, 0) as bigint) order by unknowns.place) as coefficients
    from (select distinct equation from terms) as names
    cross join unknowns
    left join terms
        on names.equation = terms.equation
        and unknowns.cell_key = terms.cell_key
    group by names.equation

),

-- One unknown after the other: an equation that has it and was not chosen before is
-- taken, and the unknown removed from all others.
elimination (one, place, equations) using key (one) as (

    select
        1,
        0,
        list({'name': equation, 'is_taken': false, 'coefficients': coefficients} order by equation)
    from equations

    union

    select
        one,
        place + 1,
        case
            when taken is null then equations
            else list_transform(equations, lambda e: {
                'name': e.name,
                'is_taken': e.is_taken or e.name = taken.name,
                'coefficients': case
                    when e.name = taken.name or e.coefficients[place + 1] = 0 then e.coefficients
                    else list_transform(
                        list_zip(e.coefficients, taken.coefficients),
                        lambda pair: (
                            pair[1] * taken.coefficients[place + 1] - pair[2] * e.coefficients[place + 1]
                        ) % {{ prime }}
                    )
                end
            })
        end
    from (
        select
            *,
            list_filter(equations, lambda e: not e.is_taken and e.coefficients[place + 1] <> 0)[1] as taken
        from elimination
    ) as with_taken
    where place < (select count(*) from unknowns)

),

solved as (

    select list_transform(equation.coefficients, lambda c: c <> 0) as has
    from (select unnest(equations) as equation from elimination) as each_equation

)

select
    cell_key,
    'printed' as given_away
from cells
where cell_count > 0
  and cell_count < {{ k }}

union all

select
    unknowns.cell_key,
    'follows from the totals' as given_away
from solved
inner join unknowns
    on unknowns.place = list_position(solved.has, true)
where len(list_filter(solved.has, lambda one: one)) = 1

{% endmacro %}
