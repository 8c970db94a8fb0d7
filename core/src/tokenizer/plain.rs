//! Whether a tokenizer is one that the fast path can stand in for.

use tokenizers::{ModelWrapper, NormalizerWrapper, PreTokenizerWrapper};

/// What the fast path has to know about a tokenizer; only BERT's own kind has one.
#[derive(Clone)]
pub(super) struct Plain {
    /// Chinese characters are words of their own.
    pub(super) chinese: bool,
    /// Characters of the longest word that is not `[UNK]` at once.
    pub(super) longest_word: usize,
    pub(super) unknown: u32,
    /// Tokens that are recognised when written out, longest first.
    added: Vec<(String, u32)>,
}

impl Plain {
    /// The added token that `text` begins with.
    pub(super) fn added_at(&self, text: &str) -> Option<&(String, u32)> {
        self.added.iter().find(|(name, _)| text.starts_with(name.as_str()))
    }

    /// Whether cutting a text before tokenising it gives the same ids, and all needed for it.
    pub(super) fn of(inner: &tokenizers::Tokenizer) -> Option<Self> {
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = inner.get_normalizer() else {
            return None;
        };
        let ModelWrapper::WordPiece(model) = inner.get_model() else { return None };
        if !matches!(inner.get_pre_tokenizer(), Some(PreTokenizerWrapper::BertPreTokenizer(_))) {
            return None;
        }
        let mut added = Vec::new();
        for (id, token) in inner.get_added_tokens_decoder().into_iter().collect::<Vec<_>>() {
            // The fast path looks for them at `[` only, and takes them as they stand.
            let bare = !token.single_word && !token.lstrip && !token.rstrip && !token.normalized;
            if !bare || !token.content.starts_with('[') {
                return None;
            }
            added.push((token.content, id));
        }
        added.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        Some(Self {
            chinese: normalizer.handle_chinese_chars,
            longest_word: model.max_input_chars_per_word,
            unknown: inner.token_to_id(&model.unk_token)?,
            added,
        })
    }
}
