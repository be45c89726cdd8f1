//! Whatever the data, a drawing holds finite places only; and what is known to be somewhere is drawn there.

use proptest::prelude::*;

use super::*;
use crate::estimate::Form;
use crate::plot::{Bin, Marker, Marks, Point, Range, Role, Scale, Series};

fn drawn(x: Scale, y: Scale, marks: Marks) -> String {
    drawn_within(x, y, None, marks)
}

fn drawn_within(x: Scale, y: Scale, range: Option<(f64, f64)>, marks: Marks) -> String {
    let mut x = Axis::new("x", x, Form::Rate);
    x.range = range;
    let plot = super::plot(
        &Plot {
            title: "title".to_owned(),
            description: "description".to_owned(),
            x,
            y: Axis::new("y", y, Form::Count),
            series: vec![Series::new("series", Role::Main, marks)],
            markers: vec![
                Marker {
                    side: Side::X,
                    at: 0.5,
                    label: "here".to_owned(),
                },
                Marker {
                    side: Side::Y,
                    at: f64::NAN,
                    label: "nowhere".to_owned(),
                },
            ],
        },
        "text",
    );
    plot.into_string()
}

/// Returns the value of the first attribute `name` of the first element of class `class`.
fn attribute(svg: &str, class: &str, name: &str) -> String {
    let element = svg
        .split(&format!("class=\"{class}\""))
        .nth(1)
        .expect(class);
    let element = element.split('>').next().expect("an end");
    let value = element.split(&format!(" {name}=\"")).nth(1).expect(name);
    value.split('"').next().expect("a quote").to_owned()
}

fn assert_finite(svg: &str) {
    for word in ["NaN", "inf", "-nan"] {
        assert!(!svg.contains(word), "{word} in {svg}");
    }
}

fn scales() -> [Scale; 5] {
    [
        Scale::Linear,
        Scale::Log,
        Scale::Logit,
        Scale::Time,
        Scale::Category {
            names: vec!["a".to_owned(), "b".to_owned()],
        },
    ]
}

fn all_marks(points: &[Point]) -> [Marks; 6] {
    let points = points.to_vec();
    let ranges = points.iter().map(|point| Range {
        x: point.x,
        low: point.y,
        high: point.x,
    });
    let bins = points.iter().map(|point| Bin {
        from: point.x,
        to: point.y,
        count: point.y,
    });
    [
        Marks::Band {
            ranges: ranges.collect(),
        },
        Marks::Histogram {
            bins: bins.collect(),
        },
        Marks::Line {
            points: points.clone(),
        },
        Marks::Step {
            points: points.clone(),
        },
        Marks::Points {
            points: points.clone(),
        },
        Marks::Bars { points },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_number_gives_finite_places(
        numbers in prop::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 0..6),
        low in any::<f64>(),
        high in any::<f64>(),
    ) {
        let points: Vec<Point> =
            numbers.iter().map(|(x, y, end)| Point::new(*x, *y).within(*y, *end)).collect();
        for x in scales() {
            for y in scales() {
                for marks in all_marks(&points) {
                    assert_finite(&drawn(x.clone(), y.clone(), marks.clone()));
                    assert_finite(&drawn_within(x.clone(), y.clone(), Some((low, high)), marks));
                }
            }
        }
    }
}

#[test]
fn special_numbers_and_empty_series_are_drawn_as_nothing() {
    let special = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -0.0,
        0.0,
        1.0,
        5e-324,
    ];
    let points: Vec<Point> = special
        .iter()
        .flat_map(|x| special.iter().map(|y| Point::new(*x, *y).within(*x, *y)))
        .collect();
    for x in scales() {
        for y in scales() {
            for marks in all_marks(&points) {
                assert_finite(&drawn(x.clone(), y.clone(), marks));
            }
            for marks in all_marks(&[]) {
                let svg = drawn(x.clone(), y.clone(), marks);
                assert_finite(&svg);
                assert!(svg.contains("nothing to show"), "{svg}");
            }
        }
    }
}

#[test]
fn a_line_runs_where_its_points_are() {
    let points = vec![
        Point::new(0.0, 0.0),
        Point::new(0.5, 10.0),
        Point::new(1.0, 0.0),
    ];
    let svg = drawn(Scale::Linear, Scale::Linear, Marks::Line { points });
    assert_eq!(attribute(&svg, "line", "d"), "M0 216L205 0L410 216");
}

#[test]
fn a_log_axis_gives_each_decade_the_same_width() {
    let points = [1e-5, 1e-4, 1e-3, 1.0].map(|x| Point::new(x, 1.0)).to_vec();
    let svg = drawn(Scale::Log, Scale::Linear, Marks::Line { points });
    assert_eq!(
        attribute(&svg, "line", "d"),
        "M0 108L82 108L164 108L410 108"
    );
}

#[test]
fn a_gap_breaks_the_line_and_its_band() {
    let points = vec![
        Point::new(0.0, 0.5).within(0.0, 1.0),
        Point::new(1.0, 0.5).within(0.0, 1.0),
        Point::new(2.0, f64::NAN),
        Point::new(3.0, 0.5).within(0.0, 1.0),
        Point::new(4.0, 0.5).within(0.0, 1.0),
    ];
    let svg = drawn(Scale::Linear, Scale::Linear, Marks::Line { points });
    assert_eq!(attribute(&svg, "line", "d").matches('M').count(), 2);
    assert_eq!(attribute(&svg, "band", "d").matches('Z').count(), 2);
}

#[test]
fn long_lines_are_thinned_but_keep_their_ends_and_corners() {
    let points: Vec<Point> = (0..=100_000)
        .map(|step| f64::from(step) / 100_000.0)
        .map(|x| Point::new(x, if x < 0.5 { 0.0 } else { 1.0 }))
        .collect();
    let path = attribute(
        &drawn(Scale::Linear, Scale::Linear, Marks::Line { points }),
        "line",
        "d",
    );
    assert!(path.len() < 20_000, "{}", path.len());
    assert!(
        path.starts_with("M0 216") && path.ends_with("L410 0"),
        "{path}"
    );
    assert!(path.contains("L205 216L205 0"), "{path}");
}

#[test]
fn empty_bins_have_no_bar_on_a_log_axis() {
    let bins = vec![
        Bin {
            from: 0.0,
            to: 0.5,
            count: 0.0,
        },
        Bin {
            from: 0.5,
            to: 1.0,
            count: 100.0,
        },
    ];
    let svg = drawn(Scale::Linear, Scale::Log, Marks::Histogram { bins });
    assert_eq!(svg.matches("<rect class=\"fill\"").count(), 1);
    assert_eq!(attribute(&svg, "fill", "height"), "216");
}

#[test]
fn markers_outside_the_range_are_left_out() {
    let points = vec![Point::new(0.1, 0.0), Point::new(0.2, 1.0)];
    let svg = drawn_within(
        Scale::Linear,
        Scale::Linear,
        Some((0.1, 0.2)),
        Marks::Line { points },
    );
    assert!(
        !svg.contains(">here<") && !svg.contains(">nowhere<"),
        "{svg}"
    );
}

#[test]
fn hover_texts_tell_the_numbers() {
    let points = vec![Point::new(0.001, 1_200.0).within(1_000.0, 1_400.0)];
    let svg = drawn(Scale::Log, Scale::Linear, Marks::Points { points });
    assert!(
        svg.contains("<title>series: 1,200 (1,000 to 1,400) at 0.0010</title>"),
        "{svg}"
    );
}
