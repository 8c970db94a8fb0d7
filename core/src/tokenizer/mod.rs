//! WordPiece: text to ids and back, exactly as `transformers`' `BertTokenizerFast` does it.
//!
//! The first stage of the pipeline: text → **tokens** → examples → batches.

mod encoder;
mod plain;
mod scan;
mod train;

pub use encoder::Encoder;
pub use train::WordCounts;

use crate::error::TokenizerError;
use plain::Plain;
use tokenizers::decoders::wordpiece::WordPiece as WordPieceDecoder;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, NormalizedString, Normalizer};

/// What stands before a piece that continues a word.
const CONTINUES: &str = "##";

/// The special tokens in the order that a trained vocabulary gives them ids.
const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Ids of the tokens that ELECTRA cannot do without, looked up by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialTokens {
    /// `[PAD]`, which fills rows up.
    pub pad: u32,
    /// `[UNK]`, a word outside the vocabulary.
    pub unk: u32,
    /// `[CLS]`, which begins a row.
    pub cls: u32,
    /// `[SEP]`, which ends a segment.
    pub sep: u32,
    /// `[MASK]`, which hides a token from the generator.
    pub mask: u32,
}

impl SpecialTokens {
    /// Whether `id` is no text: everything here but `[UNK]`, which stands for a word.
    pub fn contains(&self, id: u32) -> bool {
        [self.pad, self.cls, self.sep, self.mask].contains(&id)
    }
}

/// One token of a text that somebody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// As in the vocabulary, `##` included.
    pub token: String,
    /// Its id.
    pub id: u32,
    /// First character of the text that it covers; characters, not bytes.
    pub start: usize,
    /// First character after it; equal to `start` for `[CLS]` and `[SEP]`, which cover nothing.
    pub end: usize,
    /// No text: `[CLS]`, `[SEP]`, or a special token written out in the text.
    pub special: bool,
}

/// A tokenizer and the ids of its special tokens.
#[derive(Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    special: SpecialTokens,
    lower_case: bool,
    strip_accents: bool,
    plain: Option<Plain>,
}

impl Tokenizer {
    /// A BERT tokenizer with the vocabulary of a `vocab.txt`: one token a line, the line's number
    /// is the id, an empty line leaves a gap.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::MissingSpecial`] when a special token is not in it.
    pub fn from_vocab_txt(
        vocab: &str,
        lower_case: bool,
        strip_accents: bool,
    ) -> Result<Self, TokenizerError> {
        let vocab = vocab.strip_prefix('\u{feff}').unwrap_or(vocab);
        let mut ids = WordPiece::read_bytes(vocab.as_bytes()).map_err(unreadable)?;
        ids.retain(|token, _| !token.is_empty());
        let model = WordPiece::builder().vocab(ids).build().map_err(unreadable)?;
        let mut inner = tokenizers::Tokenizer::new(model);
        let special = find_special(&inner)?;
        let template = TemplateProcessing::builder()
            .try_single("[CLS]:0 $A:0 [SEP]:0")
            .and_then(|it| it.try_pair("[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1"))
            .map_err(TokenizerError::Parse)?
            .special_tokens(vec![("[CLS]", special.cls), ("[SEP]", special.sep)])
            .build()
            .map_err(|error| TokenizerError::Parse(error.to_string()))?;
        inner
            .with_normalizer(Some(bert_normalizer(lower_case, strip_accents)))
            .map_err(unreadable)?
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .with_post_processor(Some(template))
            .with_decoder(Some(WordPieceDecoder::default()));
        inner
            .add_special_tokens(SPECIAL.map(|name| AddedToken::from(name, true)))
            .map_err(unreadable)?;
        Self::wrap(inner)
    }

    /// Any `tokenizer.json`; truncation and padding that it may ask for are switched off.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Parse`], or [`TokenizerError::MissingSpecial`].
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizerError> {
        let inner = tokenizers::Tokenizer::from_bytes(json).map_err(unreadable)?;
        Self::wrap(inner)
    }

    fn wrap(mut inner: tokenizers::Tokenizer) -> Result<Self, TokenizerError> {
        inner.with_padding(None);
        inner.with_truncation(None).map_err(unreadable)?;
        Ok(Self {
            special: find_special(&inner)?,
            lower_case: normalizes(&inner, "A", "a"),
            strip_accents: normalizes(&inner, "é", "e") || normalizes(&inner, "É", "e"),
            plain: Plain::of(&inner),
            inner,
        })
    }

    /// Ids of the special tokens.
    pub fn special(&self) -> SpecialTokens {
        self.special
    }

    /// Rows that an embedding table needs: the largest id and one.
    pub fn vocab_size(&self) -> usize {
        let ids = self.inner.get_vocab(true).into_values();
        ids.max().map_or(0, |largest| largest as usize + 1)
    }

    /// Whether capital letters become small ones.
    pub fn lower_case(&self) -> bool {
        self.lower_case
    }

    /// Whether accents are taken off letters.
    pub fn strip_accents(&self) -> bool {
        self.strip_accents
    }

    /// The token of an id.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The id of a token.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// Ids of a text, without special tokens around it.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the tokenizer refuses the text.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        let encoding = self.inner.encode_fast(text, false).map_err(refused)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// An encoder for much text: the same ids, far faster.
    pub fn encoder(&self) -> Encoder<'_> {
        Encoder::new(self)
    }

    /// Tokens of a text with the characters that each covers, between `[CLS]` and `[SEP]`.
    ///
    /// # Errors
    ///
    /// [`TokenizerError::Encode`] when the tokenizer refuses the text.
    pub fn encode_for_display(&self, text: &str) -> Result<Vec<Piece>, TokenizerError> {
        let encoding = self.inner.encode_char_offsets(text, false).map_err(refused)?;
        let added =
            |name: &str, id| Piece { token: name.to_owned(), id, start: 0, end: 0, special: true };
        let mut pieces = vec![added("[CLS]", self.special.cls)];
        let tokens = encoding.get_tokens().iter().zip(encoding.get_ids());
        for ((token, &id), &(start, end)) in tokens.zip(encoding.get_offsets()) {
            let special = self.special.contains(id);
            pieces.push(Piece { token: token.clone(), id, start, end, special });
        }
        pieces.push(added("[SEP]", self.special.sep));
        Ok(pieces)
    }

    /// The `tokenizer.json` that every Hugging Face library reads.
    pub fn to_json(&self) -> String {
        // Fails for custom components only, and none can get in here.
        self.inner.to_string(false).unwrap_or_default()
    }

    /// The `vocab.txt`; ids that stand for nothing get a name of their own, so that lines and
    /// ids agree.
    pub fn vocab_txt(&self) -> String {
        let mut lines: Vec<String> =
            (0..self.vocab_size()).map(|id| format!("[unused_id_{id}]")).collect();
        for (token, id) in self.inner.get_vocab(true).into_iter().collect::<Vec<_>>() {
            lines[id as usize] = token;
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn bert_normalizer(lower_case: bool, strip_accents: bool) -> BertNormalizer {
    BertNormalizer::new(true, true, Some(strip_accents), lower_case)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over")]
fn unreadable(error: tokenizers::Error) -> TokenizerError {
    TokenizerError::Parse(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands errors over")]
fn refused(error: tokenizers::Error) -> TokenizerError {
    TokenizerError::Encode(error.to_string())
}

fn find_special(inner: &tokenizers::Tokenizer) -> Result<SpecialTokens, TokenizerError> {
    let [pad, unk, cls, sep, mask] = SPECIAL
        .map(|token| inner.token_to_id(token).ok_or(TokenizerError::MissingSpecial { token }));
    Ok(SpecialTokens { pad: pad?, unk: unk?, cls: cls?, sep: sep?, mask: mask? })
}

/// Whether the normaliser, whichever it is, turns `from` into `to`.
fn normalizes(inner: &tokenizers::Tokenizer, from: &str, to: &str) -> bool {
    let mut text = NormalizedString::from(from);
    inner
        .get_normalizer()
        .is_some_and(|normalizer| normalizer.normalize(&mut text).is_ok() && text.get() == to)
}
