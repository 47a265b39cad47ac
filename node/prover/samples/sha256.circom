// Knowledge of 64 bytes with a public SHA-256 digest, by circomlib's SHA-256. Bits come most significant first.
pragma circom 2.1.0;

include "circomlib/circuits/sha256/sha256.circom";

component main = Sha256(512);
