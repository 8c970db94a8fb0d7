"""Configuration of ELECTRA networks whose recipe differs from the paper's."""

from transformers import PretrainedConfig


class ElectraModernConfig(PretrainedConfig):
    model_type = "electra-modern"

    def __init__(
        self,
        vocab_size=8192,
        embedding_size=128,
        hidden_size=256,
        num_hidden_layers=5,
        num_attention_heads=4,
        intermediate_size=1024,
        hidden_act="gelu",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        max_position_embeddings=128,
        type_vocab_size=2,
        layer_norm_eps=1e-6,
        initializer_range=0.02,
        norm="pre",  # where LayerNorm stands in a block: "pre" or "post"
        position="learned",  # how tokens learn their position: "learned" or "rotary"
        head="hugging_face",  # of a fine-tuned model: "hugging_face", "google" or "mean"
        head_dropout_prob=0.1,
        pad_token_id=0,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.hidden_act = hidden_act
        self.hidden_dropout_prob = hidden_dropout_prob
        self.attention_probs_dropout_prob = attention_probs_dropout_prob
        self.max_position_embeddings = max_position_embeddings
        self.type_vocab_size = type_vocab_size
        self.layer_norm_eps = layer_norm_eps
        self.initializer_range = initializer_range
        self.norm = norm
        self.position = position
        self.head = head
        self.head_dropout_prob = head_dropout_prob
        super().__init__(pad_token_id=pad_token_id, **kwargs)
