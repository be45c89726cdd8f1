//! The events that questions about labels are asked of, as intake and training know them.

use ringtrue_core::{RowBlock, SignalSchema};
use ringtrue_model::Tokens;
use ringtrue_model::train::TrainParameters;

/// Events, labelled or not. All lists have one entry for each event, in the order of time; events of one time stand in an order that does not
/// hang on the input's, if the answer is not to.
#[derive(Clone, Copy)]
pub struct Events<'a> {
    /// The signals of a row.
    pub schema: &'a SignalSchema,
    /// The rows.
    pub rows: &'a RowBlock,
    /// The tokens, as the text models read them.
    pub tokens: &'a Tokens<'a>,
    /// Who stands behind each event.
    pub entity: &'a [u32],
    /// The number of each event's campaign: events that are nearly the same are of one.
    pub campaign: &'a [u32],
    /// How a detector of these events would be trained.
    pub parameters: &'a TrainParameters,
}

impl Events<'_> {
    /// Returns whether there are so many of them, by every list. A block of rows without signals has no length.
    pub(crate) fn are(&self, count: usize) -> bool {
        let rows = if self.rows.width() > 0 {
            self.rows.len()
        } else {
            count
        };
        [rows, self.entity.len(), self.campaign.len()]
            .iter()
            .all(|length| *length == count)
    }
}
