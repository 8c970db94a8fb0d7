//! Explores one text: masks, guesses, replaces, judges.

use super::guess::{Guess, choose, guess};
use super::model::OpenModel;
use super::row::Row;
use crate::link::LONGEST_WORD;
use crate::mask::Masked;
use crate::protocol::{
    Choice, Explore, Failure, FailureKind, LARGEST_SEED, Origin, Read, TEMPERATURES, Trace,
    TraceToken,
};
use crate::tokenizer::Piece;

/// Explores one text.
///
/// # Errors
///
/// [`FailureKind::BadRequest`] for numbers outside their range, [`FailureKind::BadText`] for words
/// that do not fit, and what a device says.
pub async fn explore(model: &OpenModel, asked: &Explore) -> Result<Trace, Failure> {
    check(model, asked)?;
    let row = Row::new(model, &asked.text)?;
    let (batch, masked) = choose(model, &row, asked);
    let guesses = guess(model, &batch, &masked, asked).await?;
    let mut tokens = columns(model, &row.pieces, &masked, &guesses);
    replace(model, asked, &guesses, &mut tokens)?;
    judge(model, &mut tokens).await?;
    Ok(Trace {
        text: asked.text.clone(),
        selection: asked.selection.clone(),
        seed: asked.seed,
        temperature: asked.temperature,
        tokens,
        truncated: row.truncated,
        characters_read: row.characters_read,
        milliseconds: 0.0,
    })
}

fn check(model: &OpenModel, asked: &Explore) -> Result<(), Failure> {
    let refuse = |message: String| Err(Failure::new(FailureKind::BadRequest, message));
    let (low, high) = (TEMPERATURES.start(), TEMPERATURES.end());
    if !TEMPERATURES.contains(&asked.temperature) {
        let found = asked.temperature;
        return refuse(format!("the temperature must be between {low} and {high}, got {found}"));
    }
    if asked.seed > LARGEST_SEED {
        return refuse(format!("the seed must be at most {LARGEST_SEED}, got {}", asked.seed));
    }
    let words = model.config().vocab_size;
    for replacement in &asked.replacements {
        match &replacement.with {
            Choice::Token(id) if *id as usize >= words => {
                return refuse(format!("the vocabulary has {words} words, there is no word {id}"));
            }
            Choice::Word(word) if word.chars().count() > LONGEST_WORD => {
                return refuse(format!("a word may have at most {LONGEST_WORD} characters"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// One column a token, with the generator's sample where it had to guess.
fn columns(
    model: &OpenModel,
    pieces: &[Piece],
    masked: &Masked,
    guesses: &[Guess],
) -> Vec<TraceToken> {
    let column = |(position, piece): (usize, &Piece)| {
        let guess = guesses.iter().find(|guess| guess.position == position);
        let origin = if guess.is_some() { Origin::Sampled } else { Origin::Text };
        let id = guess.map_or(piece.id, |guess| guess.sampled);
        TraceToken {
            text: piece.token.clone(),
            id: piece.id,
            start: piece.start,
            end: piece.end,
            special: piece.special,
            selected: masked.positions.contains(&(position as i32)),
            hidden: masked.ids[position] != piece.id as i32,
            candidates: guess.map(|guess| guess.candidates(model)).unwrap_or_default(),
            origin,
            read: vec![read(model, id, guess)],
        }
    };
    pieces.iter().enumerate().map(column).collect()
}

fn read(model: &OpenModel, id: u32, guess: Option<&Guess>) -> Read {
    Read {
        text: model.tokenizer.token(id).unwrap_or_default(),
        id,
        probability: guess.map(|guess| guess.probabilities[id as usize]),
        replaced: 0.0,
    }
}

/// Puts in what a person chose; positions that are no text are left out.
fn replace(
    model: &OpenModel,
    asked: &Explore,
    guesses: &[Guess],
    tokens: &mut [TraceToken],
) -> Result<(), Failure> {
    for replacement in &asked.replacements {
        let Some(token) = tokens.get_mut(replacement.position).filter(|token| !token.special)
        else {
            continue;
        };
        let guess = guesses.iter().find(|guess| guess.position == replacement.position);
        let (origin, ids) = match &replacement.with {
            Choice::Token(id) => (Origin::Chosen, vec![*id]),
            Choice::Word(word) => (Origin::Typed, word_ids(model, word, &token.text)?),
        };
        token.origin = origin;
        token.read = match ids[..] {
            [id] => vec![read(model, id, guess)],
            _ => ids.into_iter().map(|id| read(model, id, None)).collect(),
        };
    }
    Ok(())
}

/// Tokens of a typed word. In the place of a piece that continues a word, a word of one token is
/// taken as such a piece where the vocabulary has it.
fn word_ids(model: &OpenModel, word: &str, instead_of: &str) -> Result<Vec<u32>, Failure> {
    let bad = |message: String| Failure::new(FailureKind::BadText, message);
    let ids = model.tokenizer.encode(word).map_err(|error| bad(error.to_string()))?;
    match ids[..] {
        [] => Err(bad(format!("`{word}` has no letters that this model's vocabulary keeps"))),
        [id] if instead_of.starts_with("##") => {
            let continued = model.tokenizer.token(id).map(|token| format!("##{token}"));
            let continued = continued.and_then(|token| model.tokenizer.id(&token));
            Ok(vec![continued.unwrap_or(id)])
        }
        _ => Ok(ids),
    }
}

async fn judge(model: &OpenModel, tokens: &mut [TraceToken]) -> Result<(), Failure> {
    let ids: Vec<u32> =
        tokens.iter().flat_map(|token| token.read.iter().map(|read| read.id)).collect();
    let longest = model.card.max_tokens;
    if ids.len() > longest {
        let message = format!(
            "with these words the text has {} tokens, this model reads {longest}; shorten one",
            ids.len()
        );
        return Err(Failure::new(FailureKind::BadText, message));
    }
    let suspicions = model.suspicions(ids).await?;
    let reads = tokens.iter_mut().flat_map(|token| token.read.iter_mut());
    for (read, replaced) in reads.zip(suspicions) {
        read.replaced = replaced;
    }
    Ok(())
}
