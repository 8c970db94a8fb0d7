"""ELECTRA networks whose recipe differs from the paper's: LayerNorm before the sub-layers, rotary
positions, the authors' fine-tuning heads. Parameters are named as in `ElectraModel`."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F
from transformers import PreTrainedModel
from transformers.modeling_outputs import (
    BaseModelOutput,
    MaskedLMOutput,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
    TokenClassifierOutput,
)
from transformers.models.electra.modeling_electra import ElectraForPreTrainingOutput

from .configuration_electra_modern import ElectraModernConfig


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        width = config.embedding_size
        self.word_embeddings = nn.Embedding(config.vocab_size, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        if config.position == "learned":
            self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        else:
            self.position_embeddings = None
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, embedded, token_type_ids):
        x = embedded + self.token_type_embeddings(token_type_ids)
        if self.position_embeddings is not None:
            x = x + self.position_embeddings.weight[: x.shape[1]]
        return self.dropout(self.LayerNorm(x))


def rotate(x):
    """Turns pairs (i, i + half) of features, [batch, heads, seq, width], by their position."""
    seq, width = x.shape[-2:]
    half = width // 2
    pairs = torch.arange(half, device=x.device, dtype=torch.float32) / half
    angles = torch.arange(seq, device=x.device)[:, None] / 10000.0**pairs
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    left, right = x[..., :half], x[..., half:]
    return torch.cat([left * cos - right * sin, right * cos + left * sin], -1)


class SelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        hidden = config.hidden_size
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.heads = config.num_attention_heads
        self.rotary = config.position == "rotary"
        self.dropout = config.attention_probs_dropout_prob

    def forward(self, x, mask):
        batch, seq, hidden = x.shape
        query, key, value = (
            layer(x).view(batch, seq, self.heads, hidden // self.heads).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        if self.rotary:
            query, key = rotate(query), rotate(key)
        dropout = self.dropout if self.training else 0.0
        x = F.scaled_dot_product_attention(query, key, value, mask, dropout)
        return x.transpose(1, 2).reshape(batch, seq, hidden)


class Output(nn.Module):
    """What a sub-layer ends with."""

    def __init__(self, config, width):
        super().__init__()
        self.dense = nn.Linear(width, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.self = SelfAttention(config)
        self.output = Output(config, config.hidden_size)


class Intermediate(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.intermediate_size)


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention = Attention(config)
        self.intermediate = Intermediate(config)
        self.output = Output(config, config.intermediate_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.pre_norm = config.norm == "pre"

    def attend(self, x, mask):
        return self.dropout(self.attention.output.dense(self.attention.self(x, mask)))

    def feed_forward(self, x):
        return self.dropout(self.output.dense(F.gelu(self.intermediate.dense(x))))

    def forward(self, x, mask):
        first, second = self.attention.output.LayerNorm, self.output.LayerNorm
        if self.pre_norm:
            x = x + self.attend(first(x), mask)
            return x + self.feed_forward(second(x))
        x = first(x + self.attend(x, mask))
        return second(x + self.feed_forward(x))


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layer = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        if config.norm == "pre":
            self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        else:
            self.LayerNorm = nn.Identity()


class ElectraModernPreTrainedModel(PreTrainedModel):
    config_class = ElectraModernConfig
    base_model_prefix = "electra"
    _supports_sdpa = True

    def _init_weights(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(0.0, self.config.initializer_range)
        if isinstance(module, nn.Linear) and module.bias is not None:
            module.bias.data.zero_()
        if isinstance(module, nn.LayerNorm):
            module.weight.data.fill_(1.0)
            module.bias.data.zero_()


class ElectraModernModel(ElectraModernPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.embeddings = Embeddings(config)
        if config.embedding_size != config.hidden_size:
            self.embeddings_project = nn.Linear(config.embedding_size, config.hidden_size)
        else:
            self.embeddings_project = None
        self.encoder = Encoder(config)
        self.post_init()

    def get_input_embeddings(self):
        return self.embeddings.word_embeddings

    def set_input_embeddings(self, value):
        self.embeddings.word_embeddings = value

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        token_type_ids=None,
        inputs_embeds=None,
        output_hidden_states=None,
        return_dict=None,
        **kwargs,
    ):
        if inputs_embeds is None:
            inputs_embeds = self.embeddings.word_embeddings(input_ids)
        shape = inputs_embeds.shape[:2]
        if token_type_ids is None:
            token_type_ids = torch.zeros(shape, dtype=torch.long, device=inputs_embeds.device)
        mask = None
        if attention_mask is not None:
            mask = attention_mask[:, None, None, :].bool()
        x = self.embeddings(inputs_embeds, token_type_ids)
        if self.embeddings_project is not None:
            x = self.embeddings_project(x)
        states = [x]
        for layer in self.encoder.layer:
            x = layer(x, mask)
            states.append(x)
        x = self.encoder.LayerNorm(x)
        states = tuple(states) if output_hidden_states else None
        return BaseModelOutput(last_hidden_state=x, hidden_states=states)


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dense_prediction = nn.Linear(config.hidden_size, 1)

    def forward(self, x):
        return self.dense_prediction(F.gelu(self.dense(x))).squeeze(-1)


class ElectraModernForPreTraining(ElectraModernPreTrainedModel):
    """One logit a token: positive where the token was replaced."""

    def __init__(self, config):
        super().__init__(config)
        self.electra = ElectraModernModel(config)
        self.discriminator_predictions = Discriminator(config)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        x = self.electra(input_ids, attention_mask, **kwargs).last_hidden_state
        logits, loss = self.discriminator_predictions(x), None
        if labels is not None:
            real = torch.ones_like(logits) if attention_mask is None else attention_mask
            real = real.bool()
            loss = F.binary_cross_entropy_with_logits(logits[real], labels[real].to(logits.dtype))
        return ElectraForPreTrainingOutput(loss=loss, logits=logits)


class Generator(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.embedding_size)
        self.LayerNorm = nn.LayerNorm(config.embedding_size, eps=config.layer_norm_eps)

    def forward(self, x):
        return self.LayerNorm(F.gelu(self.dense(x)))


class Bias(nn.Module):
    """The output table is the word table; only its bias is a parameter of its own."""

    def __init__(self, size):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(size))


class ElectraModernForMaskedLM(ElectraModernPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.electra = ElectraModernModel(config)
        self.generator_predictions = Generator(config)
        self.generator_lm_head = Bias(config.vocab_size)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        x = self.electra(input_ids, attention_mask, **kwargs).last_hidden_state
        table = self.electra.embeddings.word_embeddings.weight
        logits = F.linear(self.generator_predictions(x), table, self.generator_lm_head.bias)
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return MaskedLMOutput(loss=loss, logits=logits)


class Classifier(nn.Module):
    """`transformers`' head with a hidden layer, or the authors' without, on `[CLS]`; or the
    former on the mean of all tokens."""

    def __init__(self, config):
        super().__init__()
        self.of_all = config.head == "mean"
        self.dense, self.activation = nn.Identity(), nn.Identity()
        if config.head != "google":
            self.dense = nn.Linear(config.hidden_size, config.hidden_size)
            self.activation = nn.GELU()
        self.dropout = nn.Dropout(config.head_dropout_prob)
        self.out_proj = nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, x, attention_mask):
        if self.of_all:
            real = torch.ones_like(x[..., 0]) if attention_mask is None else attention_mask
            real = real.to(x.dtype)
            x = (x * (real / real.sum(1, keepdim=True)).unsqueeze(-1)).sum(1)
        else:
            x = x[:, 0]
        x = self.activation(self.dense(self.dropout(x)))
        return self.out_proj(self.dropout(x))


class ElectraModernForSequenceClassification(ElectraModernPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.electra = ElectraModernModel(config)
        self.classifier = Classifier(config)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        x = self.electra(input_ids, attention_mask, **kwargs).last_hidden_state
        logits, loss = self.classifier(x, attention_mask), None
        if labels is not None and self.num_labels == 1:
            loss = F.mse_loss(logits.squeeze(-1), labels.to(logits.dtype))
        elif labels is not None:
            loss = F.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


class ElectraModernForTokenClassification(ElectraModernPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.electra = ElectraModernModel(config)
        self.dropout = nn.Dropout(config.head_dropout_prob)
        self.classifier = nn.Linear(config.hidden_size, config.num_labels)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, labels=None, **kwargs):
        x = self.electra(input_ids, attention_mask, **kwargs).last_hidden_state
        logits, loss = self.classifier(self.dropout(x)), None
        if labels is not None:
            loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return TokenClassifierOutput(loss=loss, logits=logits)


@dataclass
class ElectraModernQuestionAnsweringOutput(QuestionAnsweringModelOutput):
    """With the authors' head also a logit a row, positive where there is no answer."""

    none_logits: torch.FloatTensor | None = None


class ElectraModernForQuestionAnswering(ElectraModernPreTrainedModel):
    """Start and end by one layer, or the authors' head: then the end logits are those after the
    likeliest start, and "there is no answer" has a logit of its own."""

    def __init__(self, config):
        super().__init__(config)
        hidden = config.hidden_size
        self.electra = ElectraModernModel(config)
        if config.head != "google":
            self.qa_outputs = nn.Linear(hidden, 2)
        else:
            self.qa_start = nn.Linear(hidden, 1)
            self.qa_end_dense, self.qa_end = nn.Linear(2 * hidden, 512), nn.Linear(512, 1)
            self.qa_none_dense, self.qa_none = nn.Linear(2 * hidden, 512), nn.Linear(512, 1)
        self.post_init()

    def forward(self, input_ids=None, attention_mask=None, token_type_ids=None, **kwargs):
        x = self.electra(input_ids, attention_mask, token_type_ids, **kwargs).last_hidden_state
        if self.config.head != "google":
            start, end = self.qa_outputs(x).unbind(-1)
            return ElectraModernQuestionAnsweringOutput(start_logits=start, end_logits=end)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(x[..., 0])
        allowed = token_type_ids.to(x.dtype).clone()
        allowed[:, 0] = 1
        start = self.qa_start(x).squeeze(-1) + 1000 * (allowed - 1)
        rows = torch.arange(x.shape[0], device=x.device)
        beginning = x[rows, start.argmax(-1)][:, None].expand_as(x)
        end = self.qa_end(F.gelu(self.qa_end_dense(torch.cat([x, beginning], -1)))).squeeze(-1)
        expected = (start.softmax(-1)[..., None] * x).sum(1)
        none = self.qa_none(F.gelu(self.qa_none_dense(torch.cat([x[:, 0], expected], -1))))
        return ElectraModernQuestionAnsweringOutput(
            start_logits=start,
            end_logits=end + 1000 * (allowed - 1),
            none_logits=none.squeeze(-1),
        )
