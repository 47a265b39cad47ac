// "I am of age, on the day you ask about, by the birthday I committed to": the commitment is public, the
// birthday and the salt are not. Days are counted from any fixed day.
pragma circom 2.1.0;

include "circomlib/circuits/comparators.circom";
include "poseidon12.circom";

template Adult(days) {
    signal input birthday;
    signal input salt[4];
    signal input today;
    signal output commitment[4];

    // 2^20 days are more than 2,800 years: no sum below wraps around the field.
    component birthday_bits = Num2Bits(20);
    birthday_bits.in <== birthday;
    component today_bits = Num2Bits(20);
    today_bits.in <== today;

    component of_age = LessEqThan(21);
    of_age.in[0] <== birthday + days;
    of_age.in[1] <== today;
    of_age.out === 1;

    component hash = Hash8();
    hash.in[0] <== birthday;
    for (var i = 0; i < 4; i++) hash.in[1 + i] <== salt[i];
    for (var i = 5; i < 8; i++) hash.in[i] <== 0;
    commitment <== hash.out;
}

// 18 years of 365.25 days, rounded up.
component main {public [today]} = Adult(6575);
