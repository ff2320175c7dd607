//! Looking through expressions without caring for their shapes.

use super::tree::{Expr, ExprKind, Function};

impl Expr {
    /// Calls a function with each expression that this one is made of, one
    /// level down. Queries within are not entered.
    pub fn for_each_child<'t>(&'t self, mut visit: impl FnMut(&'t Self)) {
        match &self.kind {
            ExprKind::Column(_)
            | ExprKind::Literal(_)
            | ExprKind::Position(_)
            | ExprKind::Parameter
            | ExprKind::Unknown => {}
            ExprKind::Star(star) => {
                star.replace.iter().for_each(|(_, expr)| visit(expr));
                star.chooser.iter().for_each(|expr| visit(expr));
            }
            ExprKind::Function(function) => function.for_each_child(visit),
            ExprKind::Window(window) => {
                window.function.for_each_child(&mut visit);
                window.partition.iter().for_each(&mut visit);
                window.order.iter().for_each(|item| visit(&item.expr));
                window.bounds.iter().for_each(visit);
            }
            ExprKind::Cast { expr, .. } => visit(expr),
            ExprKind::Case {
                branches,
                otherwise,
            } => {
                for (when, then) in branches {
                    visit(when);
                    visit(then);
                }
                if let Some(expr) = otherwise {
                    visit(expr);
                }
            }
            ExprKind::Comparison { left, right, .. } => {
                visit(left);
                visit(right);
            }
            ExprKind::Operator { operands, .. } => operands.iter().for_each(visit),
            ExprKind::Subquery(subquery) => subquery.operand.iter().for_each(visit),
            ExprKind::Lambda { left, body } => {
                visit(left);
                visit(body);
            }
        }
    }

    /// Returns the first byte of the expression that is known: the place of
    /// an operator is not its beginning.
    pub fn start(&self) -> Option<u32> {
        let mut start = self.at.0;
        self.for_each_child(|child| {
            let child = stacker::maybe_grow(64 * 1024, 1024 * 1024, || child.start());
            start = start.into_iter().chain(child).min();
        });
        start
    }
}

impl Function {
    fn for_each_child<'t>(&'t self, mut visit: impl FnMut(&'t Expr)) {
        self.arguments.iter().for_each(&mut visit);
        self.filter.iter().for_each(|expr| visit(expr));
        self.order.iter().for_each(|item| visit(&item.expr));
    }
}
