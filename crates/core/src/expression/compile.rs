//! Compiling: text is parsed as CEL, then lowered to the part of CEL that fits events.
//!
//! Lowering turns each name into a numbered slot, all whole numbers into numbers of the one type,
//! and refuses what has no meaning for an event or no bound on its work.

use std::fmt;
use std::sync::Arc;

use cel::Env;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, IdedExpr, ListExpr, LiteralValue, operators,
};
use cel::common::types::CelDouble;
use cel::parser::{ParseErrors, Parser};
use regex::Regex;

use super::error::ExpressionError;
use super::functions;
use super::reference::{Reading, Reference, dotted, field, named, slot_name, slot_of_name};
use super::typing::{Sort, is_number_operator};

/// Bytes of an expression's text.
const TEXT_BYTES_MAX: usize = 4_096;
/// Operators and brackets of an expression: bounds the depth of chains such as `a + b + c`, which
/// the parser's own limit does not see.
const OPERATORS_MAX: usize = 512;
/// Depth of an expression's tree after parsing.
const DEPTH_MAX: usize = 128;
/// Depth of brackets, arguments and choices while parsing.
const BRACKETS_MAX: u16 = 48;
/// Bytes that a compiled regular expression may take.
const PATTERN_BYTES_MAX: usize = 1 << 18;
/// Bytes that one inside a macro may take, which is matched once for each item.
const PATTERN_IN_MACRO_BYTES_MAX: usize = 1 << 15;
/// Items of a list that a macro may match.
const MATCHED_ITEMS_MAX: usize = 64;
/// Characters of a parser's message that are passed on.
const MESSAGE_CHARS_MAX: usize = 160;

/// A compiled expression; cheap to evaluate, and safe to share between threads.
#[derive(Clone)]
pub struct Expression {
    text: String,
    root: IdedExpr,
    references: Vec<Reference>,
    environment: Arc<Env>,
}

impl Expression {
    /// Compiles `text`.
    ///
    /// # Errors
    ///
    /// [`ExpressionError`] with the reason if the text is empty, over a limit, no CEL, or uses a
    /// part of CEL that the [module](super) names as refused.
    ///
    /// # Example
    ///
    /// ```
    /// # use ringtrue_core::expression::Expression;
    /// let expression = Expression::compile("url.contains('login') && port != 443")?;
    /// assert_eq!(expression.references().len(), 2);
    /// # Ok::<(), ringtrue_core::expression::ExpressionError>(())
    /// ```
    pub fn compile(text: &str) -> Result<Self, ExpressionError> {
        check_size(text)?;
        let mut lowering = Lowering::default();
        let root = lowering.lower(parse(text)?, 0)?;
        Ok(Self {
            text: text.to_owned(),
            root,
            references: lowering.references,
            environment: functions::environment().map_err(|_| ExpressionError::Failed)?,
        })
    }

    /// Returns the text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what the expression reads, in order of first appearance, each once.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        &self.references
    }

    /// Returns `false` if the result is certainly neither true nor false, whatever the event.
    #[must_use]
    pub fn may_be_condition(&self) -> bool {
        match &self.root.expr {
            Expr::Literal(literal) => matches!(literal, LiteralValue::Boolean(_)),
            Expr::List(_) => false,
            Expr::Call(call) => !gives_no_truth(&call.func_name),
            Expr::Ident(name) => !slot_of_name(name)
                .and_then(|(slot, _)| self.references.get(slot))
                .is_some_and(Reference::is_text),
            _ => true,
        }
    }

    pub(super) const fn root(&self) -> &IdedExpr {
        &self.root
    }

    pub(super) const fn environment(&self) -> &Arc<Env> {
        &self.environment
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Expression({:?})", self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn gives_no_truth(function: &str) -> bool {
    const OTHERS: [&str; 14] = [
        operators::ADD,
        operators::SUBSTRACT,
        operators::MULTIPLY,
        operators::DIVIDE,
        operators::NEGATE,
        "size",
        "int",
        "double",
        "string",
        "lower",
        "log",
        "hour",
        "weekday",
        "days_between",
    ];
    OTHERS.contains(&function)
}

fn check_size(text: &str) -> Result<(), ExpressionError> {
    if text.trim().is_empty() {
        return Err(ExpressionError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(ExpressionError::TooLong {
            found: text.len(),
            max: TEXT_BYTES_MAX,
        });
    }
    let found = text
        .bytes()
        .filter(|byte| b"+-*/%.?!<>=([{".contains(byte))
        .count();
    if found > OPERATORS_MAX {
        return Err(ExpressionError::TooManyOperators {
            found,
            max: OPERATORS_MAX,
        });
    }
    Ok(())
}

/// Parses `text`. The parser is not ours: a panic in it is an error here, not the program's end.
fn parse(text: &str) -> Result<IdedExpr, ExpressionError> {
    let parsed = std::panic::catch_unwind(|| {
        Parser::new()
            .max_recursion_depth(BRACKETS_MAX)
            .parse(text)
            .map_err(|errors| syntax_error(&errors))
    });
    parsed.unwrap_or(Err(ExpressionError::Failed))
}

fn syntax_error(errors: &ParseErrors) -> ExpressionError {
    let Some(first) = errors.errors.first() else {
        return ExpressionError::Failed;
    };
    if first.msg.contains("Recursion limit") {
        return ExpressionError::TooDeep {
            max: usize::from(BRACKETS_MAX),
        };
    }
    let (line, column) = first.pos;
    ExpressionError::Syntax {
        line: usize::try_from(line).unwrap_or(0).max(1),
        column: usize::try_from(column).unwrap_or(0).max(1),
        message: readable(&first.msg),
    }
}

/// Returns the part of a parser's message that helps: what is wrong, not all that could stand there.
fn readable(message: &str) -> String {
    let message = one_line(message);
    let message = message.strip_prefix("Syntax error: ").unwrap_or(&message);
    if message.contains("'<EOF>'") {
        return "the expression ends too early".to_owned();
    }
    let wrong = message.split(" expecting ").next().unwrap_or(message);
    wrong.to_owned()
}

fn one_line(message: &str) -> String {
    let words: Vec<&str> = message.split_whitespace().collect();
    words.join(" ").chars().take(MESSAGE_CHARS_MAX).collect()
}

/// Rewrites a parsed tree, collecting what it refers to.
#[derive(Default)]
struct Lowering {
    references: Vec<Reference>,
    /// Variables of the macro around the part at hand.
    bound: Vec<String>,
    /// Items of the list that it goes over.
    items: usize,
}

impl Lowering {
    fn lower(&mut self, node: IdedExpr, depth: usize) -> Result<IdedExpr, ExpressionError> {
        if depth > DEPTH_MAX {
            return Err(ExpressionError::TooDeep { max: DEPTH_MAX });
        }
        if let Some(reference) = self.reference(&node)? {
            return Ok(self.slot(node.id, reference));
        }
        let id = node.id;
        let expr = match node.expr {
            Expr::Literal(literal) => Expr::Literal(lower_literal(literal)?),
            Expr::Ident(name) => Expr::Ident(name),
            Expr::Call(call) => return self.lower_call(id, call, depth),
            Expr::List(list) => {
                if !list.optional_indices.is_empty() {
                    return unsupported("optional values");
                }
                Expr::List(ListExpr::new(self.lower_all(list.elements, depth)?))
            }
            Expr::Comprehension(parts) => {
                Expr::Comprehension(Box::new(self.lower_macro(*parts, depth)?))
            }
            Expr::Select(_) => return unsupported("a part of something that is no field"),
            Expr::Map(_) | Expr::Struct(_) => return unsupported("maps and structures"),
            Expr::Unspecified => return Err(ExpressionError::Empty),
        };
        Ok(IdedExpr { id, expr })
    }

    fn lower_all(
        &mut self,
        nodes: Vec<IdedExpr>,
        depth: usize,
    ) -> Result<Vec<IdedExpr>, ExpressionError> {
        nodes
            .into_iter()
            .map(|node| self.lower(node, depth + 1))
            .collect()
    }

    fn lower_call(
        &mut self,
        id: u64,
        call: CallExpr,
        depth: usize,
    ) -> Result<IdedExpr, ExpressionError> {
        check_function(&call.func_name)?;
        let pattern = if call.func_name == "matches" {
            if !self.bound.is_empty() && self.items > MATCHED_ITEMS_MAX {
                return unsupported("`matches` in a macro over more than 64 items");
            }
            Some(pattern_of(&call, self.pattern_bytes_max())?)
        } else {
            None
        };
        let target = match call.target {
            Some(target) => Some(Box::new(self.lower(*target, depth + 1)?)),
            None => None,
        };
        let mut arguments = self.lower_all(call.args, depth)?;
        self.settle_types(&call.func_name, &mut arguments);
        if call.func_name == operators::MODULO {
            // Whole remainders, from the one number type and back to it.
            arguments = arguments
                .into_iter()
                .map(|argument| function_call(id, "int", argument))
                .collect();
        }
        let subject = target.as_deref().or_else(|| arguments.first());
        if let Some(pattern) = pattern
            && let Some(Reference::Field(name)) = subject.and_then(|node| self.slot_of(node))
        {
            let reference = Reference::FieldMatches(name.clone(), pattern);
            return Ok(self.slot(id, reference));
        }
        let gives_whole = matches!(call.func_name.as_str(), "size" | "int" | operators::MODULO);
        let lowered = IdedExpr {
            id,
            expr: Expr::Call(CallExpr {
                func_name: call.func_name,
                target,
                args: arguments,
            }),
        };
        Ok(if gives_whole {
            function_call(id, "double", lowered)
        } else {
            lowered
        })
    }

    /// Returns the bytes that a pattern may take here.
    const fn pattern_bytes_max(&self) -> usize {
        if self.bound.is_empty() {
            PATTERN_BYTES_MAX
        } else {
            PATTERN_IN_MACRO_BYTES_MAX
        }
    }

    /// Lowers an expanded `all`, `exists` or `exists_one`.
    fn lower_macro(
        &mut self,
        parts: ComprehensionExpr,
        depth: usize,
    ) -> Result<ComprehensionExpr, ExpressionError> {
        if !self.bound.is_empty() {
            return unsupported("a macro inside a macro");
        }
        if matches!(parts.accu_init.expr, Expr::List(_)) {
            return unsupported("`map` and `filter` (they make lists: use `exists` or `all`)");
        }
        self.items = match &parts.iter_range.expr {
            Expr::List(list) => list.elements.len(),
            _ => 0,
        };
        let iter_range = self.lower(parts.iter_range, depth + 1)?;
        self.bound.push(parts.iter_var.clone());
        self.bound.push(parts.accu_var.clone());
        self.bound.extend(parts.iter_var2.clone());
        let lowered = ComprehensionExpr {
            iter_range,
            iter_var: parts.iter_var,
            iter_var2: parts.iter_var2,
            accu_var: parts.accu_var,
            accu_init: self.lower(parts.accu_init, depth + 1)?,
            loop_cond: self.lower(parts.loop_cond, depth + 1)?,
            loop_step: self.lower(parts.loop_step, depth + 1)?,
            result: self.lower(parts.result, depth + 1)?,
        };
        self.bound.clear();
        Ok(lowered)
    }

    /// Returns what `node` refers to, if it is a name.
    fn reference(&self, node: &IdedExpr) -> Result<Option<Reference>, ExpressionError> {
        match &node.expr {
            Expr::Ident(name) if !self.bound.contains(name) => named(name).map(Some),
            Expr::Select(select) => {
                let Some(path) = self.path(&select.operand) else {
                    return Ok(None);
                };
                dotted(&format!("{path}.{}", select.field), select.test).map(Some)
            }
            Expr::Call(call) if call.func_name == operators::INDEX => self.indexed(call).map(Some),
            Expr::Call(call) if call.func_name == operators::IN => self.contained(call),
            _ => Ok(None),
        }
    }

    /// Returns the dotted name that `node` spells.
    fn path(&self, node: &IdedExpr) -> Option<String> {
        match &node.expr {
            Expr::Ident(name) if !self.bound.contains(name) => Some(name.clone()),
            Expr::Select(select) if !select.test => {
                Some(format!("{}.{}", self.path(&select.operand)?, select.field))
            }
            _ => None,
        }
    }

    /// Reads `fields["name"]` and `signals["name"]`.
    fn indexed(&self, call: &CallExpr) -> Result<Reference, ExpressionError> {
        if let [whole, index] = call.args.as_slice()
            && let Expr::Literal(LiteralValue::String(name)) = &index.expr
        {
            match self.path(whole).as_deref() {
                Some("fields") => return field(name.inner(), Reference::Field),
                Some("signals") => return Ok(Reference::Signal(name.inner().to_owned())),
                _ => {}
            }
        }
        unsupported("`[...]` on anything but `fields[\"name\"]` and `signals[\"name\"]`")
    }

    /// Reads `"name" in fields`; other uses of `in` are none of a reference.
    fn contained(&self, call: &CallExpr) -> Result<Option<Reference>, ExpressionError> {
        let [item, whole] = call.args.as_slice() else {
            return Ok(None);
        };
        let path = self.path(whole);
        if let Expr::Literal(LiteralValue::String(name)) = &item.expr {
            match path.as_deref() {
                Some("fields") => return field(name.inner(), Reference::HasField).map(Some),
                Some("signals") => {
                    return Ok(Some(Reference::HasSignal(name.inner().to_owned())));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn slot(&mut self, id: u64, reference: Reference) -> IdedExpr {
        let known = self
            .references
            .iter()
            .position(|known| known.same(&reference));
        let slot = known.unwrap_or(self.references.len());
        if known.is_none() {
            self.references.push(reference);
        }
        IdedExpr {
            id,
            expr: Expr::Ident(slot_name(slot, Reading::AsGiven)),
        }
    }

    /// Reads the fields among an operator's operands as what the operator, or the other operand, takes.
    fn settle_types(&self, function: &str, operands: &mut [IdedExpr]) {
        let reading = if is_number_operator(function) {
            Reading::Number
        } else if let operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT =
            function
        {
            Reading::Truth
        } else if function == operators::CONDITIONAL {
            if let Some(condition) = operands.first_mut() {
                self.read_as(condition, Reading::Truth);
            }
            return;
        } else if is_comparison(function) {
            match Sort::of_operands(operands, &self.references) {
                Sort::Text => return,
                Sort::Truth => Reading::Truth,
                Sort::Number | Sort::Open => Reading::Number,
            }
        } else {
            return;
        };
        for operand in operands {
            self.read_as(operand, reading);
        }
    }

    /// Reads `node` as `reading`, if it is a field or a choice between fields.
    fn read_as(&self, node: &mut IdedExpr, reading: Reading) {
        match &mut node.expr {
            Expr::Ident(name) => {
                if let Some((slot, Reading::AsGiven)) = slot_of_name(name)
                    && let Some(Reference::Field(_)) = self.references.get(slot)
                {
                    *name = slot_name(slot, reading);
                }
            }
            Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
                for branch in call.args.iter_mut().skip(1) {
                    self.read_as(branch, reading);
                }
            }
            _ => {}
        }
    }

    fn slot_of(&self, node: &IdedExpr) -> Option<&Reference> {
        let Expr::Ident(slot) = &node.expr else {
            return None;
        };
        self.references.get(slot_of_name(slot)?.0)
    }
}

fn lower_literal(literal: LiteralValue) -> Result<LiteralValue, ExpressionError> {
    match literal {
        LiteralValue::Int(value) => Ok(double(value.into_inner() as f64)),
        LiteralValue::UInt(value) => Ok(double(*value.inner() as f64)),
        LiteralValue::Null => unsupported("`null` (write `!has(fields.name)`)"),
        LiteralValue::Bytes(_) => unsupported("bytes"),
        other => Ok(other),
    }
}

fn double(value: f64) -> LiteralValue {
    LiteralValue::Double(CelDouble::from(value))
}

fn function_call(id: u64, name: &str, argument: IdedExpr) -> IdedExpr {
    IdedExpr {
        id,
        expr: Expr::Call(CallExpr {
            func_name: name.to_owned(),
            target: None,
            args: vec![argument],
        }),
    }
}

/// Returns whether an operator takes operands of one type, whichever it is.
fn is_comparison(function: &str) -> bool {
    [
        operators::ADD,
        operators::EQUALS,
        operators::NOT_EQUALS,
        operators::GREATER,
        operators::GREATER_EQUALS,
        operators::LESS,
        operators::LESS_EQUALS,
        operators::IN,
    ]
    .contains(&function)
}

/// The operators that reach the interpreter, by the parser's names.
const OPERATORS: [&str; 18] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::NEGATE,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
];

fn check_function(name: &str) -> Result<(), ExpressionError> {
    if OPERATORS.contains(&name) || functions::NAMES.contains(&name) {
        return Ok(());
    }
    if matches!(name, operators::OPT_INDEX | operators::OPT_SELECT) {
        return unsupported("optional values");
    }
    let nearest = functions::NAMES
        .into_iter()
        .min_by_key(|known| strsim::osa_distance(known, name))
        .unwrap_or("size");
    Err(ExpressionError::UnknownFunction {
        name: name.to_owned(),
        nearest,
    })
}

/// Returns the compiled pattern of a call of `matches`.
fn pattern_of(call: &CallExpr, bytes_max: usize) -> Result<Regex, ExpressionError> {
    let Some(IdedExpr {
        expr: Expr::Literal(LiteralValue::String(pattern)),
        ..
    }) = call.args.last()
    else {
        return unsupported("a pattern of `matches` that is not a quoted text");
    };
    regex::RegexBuilder::new(pattern.inner())
        .size_limit(bytes_max)
        .build()
        .map_err(|error| ExpressionError::Pattern {
            message: one_line(&error.to_string()),
        })
}

pub(super) fn unsupported<T>(what: &'static str) -> Result<T, ExpressionError> {
    Err(ExpressionError::Unsupported { what })
}
