// The smallest useful circuit: a private value lies below a public limit. Both have 32 bits.
pragma circom 2.1.0;

include "circomlib/circuits/comparators.circom";

template Below() {
    signal input value;
    signal input limit;
    signal output below;

    component value_bits = Num2Bits(32);
    value_bits.in <== value;
    component limit_bits = Num2Bits(32);
    limit_bits.in <== limit;
    component less = LessThan(32);
    less.in[0] <== value;
    less.in[1] <== limit;
    below <== less.out;
}

component main {public [limit]} = Below();
