// Copyright (c) modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"log"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"github.com/google/nftables/xt"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const (
	podsSet       = "pods"
	sourceAddress = 12 // offsets in the IPv4 header
	targetAddress = 16
)

// IPv4 alone, as the cluster's networks.
var table = &nftables.Table{Name: "network-policies", Family: nftables.TableFamilyIPv4}

// Puts these rules in the place of those before, in one step:
//
//	set pods { this node's pods that a policy selects }
//	chain prerouting, after a Service's address became a pod's:
//	    ct state established,related accept
//	    ip saddr @pods queue
//	    ip daddr @pods queue
//
// What comes from the node itself, such as a kubelet's probe, does not pass this hook: a pod's own node may always
// reach it.
func writeRules(ctx context.Context, engine *networkpolicy.PolicyEngine) error {
	addresses, _, err := engine.GetManagedIPs(ctx)
	if err != nil {
		return err
	}
	connection, err := nftables.New()
	if err != nil {
		return err
	}
	connection.AddTable(table)
	connection.DelTable(table)
	connection.AddTable(table)
	set := &nftables.Set{Table: table, Name: podsSet, KeyType: nftables.TypeIPAddr}
	var pods []nftables.SetElement
	for _, address := range addresses {
		pods = append(pods, nftables.SetElement{Key: address.AsSlice()})
	}
	if err := connection.AddSet(set, pods); err != nil {
		return err
	}
	chain := connection.AddChain(&nftables.Chain{
		Name:     "prerouting",
		Table:    table,
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookPrerouting,
		Priority: nftables.ChainPriorityRef(*nftables.ChainPriorityNATDest + 5),
	})
	for _, rule := range [][]expr.Any{
		append(known(), &expr.Verdict{Kind: expr.VerdictAccept}),
		append(inSet(set, sourceAddress), toQueue()),
		append(inSet(set, targetAddress), toQueue()),
	} {
		connection.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule})
	}
	return connection.Flush()
}

func removeRules() {
	connection, err := nftables.New()
	if err == nil {
		connection.DelTable(table)
		err = connection.Flush()
	}
	if err != nil {
		log.Printf("the rules stay: %v", err)
	}
}

// Matches packets of a connection that was admitted.
func known() []expr.Any {
	states := binaryutil.NativeEndian.PutUint32(expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED)
	nothing := []byte{0, 0, 0, 0}
	return []expr.Any{
		&expr.Ct{Register: 1, Key: expr.CtKeySTATE},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: states, Xor: nothing},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: nothing},
	}
}

// Matches packets whose address at that offset is in the set.
func inSet(set *nftables.Set, offset uint32) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID},
	}
}

// The first revision of the target: the number of a queue, and how many queues there are.
func toQueue() expr.Any {
	info := xt.Unknown(append(binaryutil.NativeEndian.PutUint16(queueNumber), binaryutil.NativeEndian.PutUint16(1)...))
	return &expr.Target{Name: "NFQUEUE", Rev: 1, Info: &info}
}
